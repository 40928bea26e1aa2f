// What a bucket tells the official Go SDK, on which ossutil 1 is built, as JSON.
//
// Usage: go_client ENDPOINT BUCKET REGION KEY-ID KEY-SECRET
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const mostBytes = 2 << 20 // larger objects are not read

type object struct {
	Size   int64
	Length string // as the head says
	ACL    string
	SHA256 string // of the body; the error's code where it cannot be read
}

type answers struct {
	Buckets   []string
	BucketACL string
	Uploads   int
	Objects   map[string]object
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	endpoint, name, region, id, secret := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	client, err := oss.New(endpoint, id, secret, signing(region)...)
	check(err)
	bucket, err := client.Bucket(name)
	check(err)
	told := answers{Objects: map[string]object{}}
	owned, err := client.ListBuckets()
	check(err)
	for _, one := range owned.Buckets {
		told.Buckets = append(told.Buckets, one.Name)
	}
	acl, err := client.GetBucketACL(name)
	check(err)
	told.BucketACL = acl.ACL
	uploads, err := bucket.ListMultipartUploads(oss.Prefix("awkward/"), oss.MaxUploads(7))
	check(err)
	told.Uploads = len(uploads.Uploads)
	for marker, more := "", true; more; {
		page, err := bucket.ListObjects(oss.Marker(marker), oss.MaxKeys(50))
		check(err)
		for _, one := range page.Objects {
			told.Objects[one.Key] = look(bucket, one)
		}
		marker, more = page.NextMarker, page.IsTruncated
	}
	check(json.NewEncoder(os.Stdout).Encode(told))
}

func look(bucket *oss.Bucket, listed oss.ObjectProperties) object {
	head, err := bucket.GetObjectDetailedMeta(listed.Key)
	check(err)
	acl, err := bucket.GetObjectACL(listed.Key)
	check(err)
	found := object{Size: listed.Size, Length: head.Get("Content-Length"), ACL: acl.ACL}
	if listed.Size <= mostBytes {
		found.SHA256 = read(bucket, listed.Key)
	}
	return found
}

func read(bucket *oss.Bucket, key string) string {
	body, err := bucket.GetObject(key, oss.AcceptEncoding("identity")) // or Go decodes it
	if refusal, ok := err.(oss.ServiceError); ok {
		return refusal.Code
	}
	check(err)
	defer body.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, body)
	check(err)
	return hex.EncodeToString(sum.Sum(nil))
}
