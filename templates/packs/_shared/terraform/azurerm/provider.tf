# The subscription is read from ARM_SUBSCRIPTION_ID, and who one is from `az login`.
provider "azurerm" {
  features {}
}
