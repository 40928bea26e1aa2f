// A contender: the official Go SDK for OSS, used as ossutil 1 uses it. It stands in for ossutil 1,
// which Debian does not package: listing feeds a pool of goroutines; a small object is one
// GetObjectToFile (temporary file, CRC64 checked, renamed), one above the threshold is fetched in
// parts by DownloadFile.
//
// Usage: ossutil_standin -endpoint URL -bucket NAME [-target DIR] [-jobs N] [-parallel N] [-list]
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const (
	bigFileThreshold = 100 << 20 // bytes; as ossutil 1
	partSize         = 16 << 20  // bytes
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func walk(bucket *oss.Bucket, take func(oss.ObjectProperties)) {
	marker := ""
	for {
		page, err := bucket.ListObjects(oss.Marker(marker), oss.MaxKeys(1000))
		fail(err)
		for _, object := range page.Objects {
			take(object)
		}
		if !page.IsTruncated {
			return
		}
		marker = page.NextMarker
	}
}

func fetch(bucket *oss.Bucket, object oss.ObjectProperties, target string, parallel int) {
	path := filepath.Join(target, object.Key)
	fail(os.MkdirAll(filepath.Dir(path), 0o755))
	if object.Size < bigFileThreshold {
		fail(bucket.GetObjectToFile(object.Key, path))
		return
	}
	fail(bucket.DownloadFile(object.Key, path, partSize, oss.Routines(parallel)))
}

func main() {
	endpoint := flag.String("endpoint", "", "URL of the service")
	name := flag.String("bucket", "", "name of the bucket")
	target := flag.String("target", "", "folder to download into")
	jobs := flag.Int("jobs", 8, "objects at a time")
	parallel := flag.Int("parallel", 4, "parts of a large object at a time")
	list := flag.Bool("list", false, "print the keys instead")
	flag.Parse()

	client, err := oss.New(*endpoint, os.Getenv("OSS_ACCESS_KEY_ID"),
		os.Getenv("OSS_ACCESS_KEY_SECRET"))
	fail(err)
	bucket, err := client.Bucket(*name)
	fail(err)
	if *list {
		out := bufio.NewWriter(os.Stdout)
		walk(bucket, func(object oss.ObjectProperties) { fmt.Fprintln(out, object.Key) })
		fail(out.Flush())
		return
	}
	objects := make(chan oss.ObjectProperties, 1000)
	var workers sync.WaitGroup
	for i := 0; i < *jobs; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for object := range objects {
				fetch(bucket, object, *target, *parallel)
			}
		}()
	}
	walk(bucket, func(object oss.ObjectProperties) { objects <- object })
	close(objects)
	workers.Wait()
}
