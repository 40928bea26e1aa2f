//go:build !v4

package main

import "github.com/aliyun/aliyun-oss-go-sdk/oss"

func signing(region string) []oss.ClientOption {
	return nil
}
