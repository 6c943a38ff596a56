variable "name" {
  description = "Name of the bucket: 3 to 63 small letters, digits and hyphens, unique in all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name is 3 to 63 small letters, digits and hyphens, with no hyphen at its ends."
  }
}

variable "force_destroy" {
  description = "Whether to destroy the bucket with everything in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts objects; S3's own key if null."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "A key's ARN looks like arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "tags" {
  description = "Tags of the bucket."
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
