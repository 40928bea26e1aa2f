"""What lies in a bucket, for people: levels, everything below, trees and sums."""
