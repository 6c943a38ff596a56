variable "name" {
  description = "Name of the storage account: 3 to 24 small letters and digits, unique in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.name))
    error_message = "A storage account's name is 3 to 24 small letters and digits."
  }
}

variable "resource_group_name" {
  description = "Name of the resource group that the account belongs to."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Region that the account lies in, such as germanywestcentral."
  type        = string
  nullable    = false
}

variable "replication" {
  description = "How often and where data is kept: LRS, ZRS, GRS or GZRS."
  type        = string
  default     = "ZRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS"], var.replication)
    error_message = "Replication is one of LRS, ZRS, GRS and GZRS."
  }
}

variable "retention_days" {
  description = "For how many days blobs that were deleted can be restored."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 365 && floor(var.retention_days) == var.retention_days
    error_message = "Azure keeps deleted blobs for 1 to 365 whole days."
  }
}

variable "tags" {
  description = "Tags of the account."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "versioning" {
  description = "Whether blobs that are overwritten can be restored."
  type        = bool
  default     = true
  nullable    = false
}
