terraform {
  required_version = ">= 1.9"

  required_providers {
    {{ provider }} = {
      source  = "hashicorp/{{ provider }}"
      version = "{{ provider_version }}"
    }
  }
}
