provider "google" {
  project = "my-project"
  region  = "europe-west3"
}
