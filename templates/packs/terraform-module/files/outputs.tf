{% include parts ~ "/outputs.tf" -%}
