{% include "_shared/terraform/versions.tf" -%}
