# A new bucket with two sizes of thumbnails.

provider "aws" {
  region = "eu-west-1"
}

module "thumbnailer" {
  source = "../.."

  bucket_name     = "my-pictures"
  code_zip        = "bootstrap.zip"
  thumbnail_sizes = "small=160x160,large=1280x1280"
}

output "dead_letter_queue_url" {
  value = module.thumbnailer.dead_letter_queue_url
}
