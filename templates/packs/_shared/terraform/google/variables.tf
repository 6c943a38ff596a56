variable "name" {
  description = "Name of the bucket: 3 to 63 small letters, digits and hyphens, unique in all of Google Cloud."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name is 3 to 63 small letters, digits and hyphens, with no hyphen at its ends."
  }
}

variable "location" {
  description = "Region or multi-region that the bucket lies in, such as EUROPE-WEST3 or EU."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Z0-9-]{2,}$", var.location))
    error_message = "A location is written in capitals, such as EUROPE-WEST3: Google gives it back so, and the bucket would be made anew."
  }
}

variable "force_destroy" {
  description = "Whether to destroy the bucket with everything in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_name" {
  description = "Name of the Cloud KMS key that encrypts objects; Google's own key if null."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_name == null || can(regex("^projects/.+/cryptoKeys/.+$", var.kms_key_name))
    error_message = "A key's name looks like projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "labels" {
  description = "Labels of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "versioning" {
  description = "Whether objects that are overwritten or deleted can be restored."
  type        = bool
  default     = true
  nullable    = false
}
