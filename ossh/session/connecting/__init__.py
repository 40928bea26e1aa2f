"""How the bucket is reached: endpoint, region, proxy and credentials as the user said them."""
