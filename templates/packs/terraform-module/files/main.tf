{% include parts ~ "/main.tf" -%}
