config {
  call_module_type = "local"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# A module is its resources: main.tf, variables.tf and outputs.tf, not examples.
rule "terraform_standard_module_structure" {
  enabled = false
}
