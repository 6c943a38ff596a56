{% include parts ~ "/tests.hcl" -%}
