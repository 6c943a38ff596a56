{% include parts ~ "/variables.tf" -%}
