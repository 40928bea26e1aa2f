// A contender: the official Go SDK for OSS, which ossutil 1 is built on, used as that uses it:
// listing feeds a pool of goroutines; a whole object is one GetObjectToFile (temporary file, CRC64
// checked, renamed), one in parts is fetched by DownloadFile.
//
// Usage: go_sdk_peer -endpoint URL -bucket NAME [-target DIR] [-jobs N] [-parallel N]
// [-part-size BYTES] [-list]
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

func fetch(bucket *oss.Bucket, object oss.ObjectProperties, target string, parallel int, partSize int64) {
	path := filepath.Join(target, object.Key)
	fail(os.MkdirAll(filepath.Dir(path), 0o755))
	if parallel == 1 || object.Size <= partSize {
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
	parallel := flag.Int("parallel", 1, "parts of an object at a time; 1: it is fetched whole")
	partSize := flag.Int64("part-size", 16<<20, "bytes of a part")
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
				fetch(bucket, object, *target, *parallel, *partSize)
			}
		}()
	}
	walk(bucket, func(object oss.ObjectProperties) { objects <- object })
	close(objects)
	workers.Wait()
}
