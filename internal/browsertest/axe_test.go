package browsertest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// axe-core is MPL-2.0, so no file of it stands in this tree: its package is
// fetched from the npm registry once for each machine, and held to the
// hash of what was looked at when it was taken in.
const (
	axePath   = "/axe-core/-/axe-core-4.14.1.tgz"
	axeSHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
	axeFile   = "package/axe.min.js"
)

// axe gives the script.
func axe(ctx context.Context) (string, error) {
	path := os.Getenv(axeEnv)
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		path = filepath.Join(cache, "vouchsafe", filepath.Base(axePath))
	}
	if body, err := os.ReadFile(path); err == nil && whole(body) {
		return script(body)
	} else if err == nil && os.Getenv(axeEnv) != "" {
		return "", fmt.Errorf("%s is not the package axe-core that these tests want (%s)", path, filepath.Base(axePath))
	}
	body, err := fetchAxe(ctx)
	if err != nil {
		return "", fmt.Errorf("axe-core could not be fetched, so no page can be looked at: %w; reach the npm registry, or name its package in %s, or do without these tests by %s=1",
			err, axeEnv, noBrowserEnv)
	}
	if err := keep(path, body); err != nil {
		return "", err
	}
	return script(body)
}

func whole(body []byte) bool {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]) == axeSHA256
}

func fetchAxe(ctx context.Context) ([]byte, error) {
	registry := "https://registry.npmjs.org"
	for _, name := range []string{"npm_config_registry", "NPM_CONFIG_REGISTRY"} {
		if v := os.Getenv(name); v != "" {
			registry = strings.TrimSuffix(v, "/")
		}
	}
	var err error
	for range 3 { // a registry has its moments
		var body []byte
		if body, err = get(ctx, registry+axePath); err == nil && !whole(body) {
			err = errors.New("the registry's file is not the one that was pinned")
		}
		if err == nil {
			return body, nil
		}
	}
	return nil, err
}

func get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", req.URL.Host, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 64<<20))
}

// keep writes the package for the next run, whole or not at all.
func keep(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "axe")
	if err != nil {
		return err
	}
	_, err = tmp.Write(body)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func script(body []byte) (string, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	files := tar.NewReader(unzipped)
	for {
		head, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("%s is not in axe-core's package: %w", axeFile, err)
		}
		if head.Name == axeFile {
			text, err := io.ReadAll(files)
			return string(text), err
		}
	}
}
