{% include "_shared/terraform/versions.tf" %}
{% include parts ~ "/provider.tf" %}
module "example" {
  source = "../.."

{% include parts ~ "/minimal.tf" %}}

output "example" {
  description = "All that the module tells."
  value       = module.example
}
