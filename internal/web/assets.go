package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

//go:embed assets/* audio/*.mp3
var assetFiles embed.FS

type asset struct {
	body []byte
	kind string
	hash string // of the body; part of the address, so that it may be cached for ever
}

func loadAssets() (map[string]asset, error) {
	out := map[string]asset{}
	for _, folder := range []string{"assets", "audio"} {
		entries, err := assetFiles.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("web: read %s: %w", folder, err)
		}
		for _, e := range entries {
			body, err := assetFiles.ReadFile(folder + "/" + e.Name())
			if err != nil {
				return nil, fmt.Errorf("web: read asset %s: %w", e.Name(), err)
			}
			sum := sha256.Sum256(body)
			out[e.Name()] = asset{body: body, kind: kindOf(e.Name()), hash: hex.EncodeToString(sum[:6])}
		}
	}
	return out, nil
}

// kindOf is a file's media type. Recordings are named here, since Go knows theirs
// only from a table of the system, which an image without one lacks.
func kindOf(name string) string {
	ext := path.Ext(name)
	if ext == ".mp3" {
		return "audio/mpeg" // RFC 3003
	}
	return mime.TypeByExtension(ext)
}

// sheet is the style sheet for pages that carry it inside, and the source
// expression of the policy that lets just this text through.
func (s *Site) sheet() (css template.CSS, source string) {
	body := s.assets["app.css"].body
	sum := sha256.Sum256(body)
	return template.CSS(body), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'" //nolint:gosec // our own file
}

// Asset gives the address of an asset by its name: "app.css" becomes
// "/assets/app-<hash>.css". The error names an asset that does not exist.
func (s *Site) Asset(name string) (string, error) {
	a, ok := s.assets[name]
	if !ok {
		return "", fmt.Errorf("web: there is no asset %q", name)
	}
	ext := path.Ext(name)
	return "/assets/" + strings.TrimSuffix(name, ext) + "-" + a.hash + ext, nil
}

func (s *Site) serveAsset(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	ext := path.Ext(file)
	stem, hash, _ := cutLast(strings.TrimSuffix(file, ext), "-")
	a, ok := s.assets[stem+ext]
	if !ok {
		s.Fail(w, r, notFound())
		return
	}
	cache := "public, max-age=31536000, immutable"
	if hash != a.hash {
		// A page of another edition, while replicas are being replaced: what we
		// have is better than none, but it must not be kept under that address.
		cache = "no-cache"
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", cache)
	h.Set("ETag", `W/"`+a.hash+`"`) // weak: the same for the compressed form
	if ext == ".mp3" {
		h.Set("ETag", `"`+a.hash+`"`) // never compressed, and players ask for parts of it by this (RFC 9110, 13.1.5)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func notFound() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no page at this address.",
		Hint: "If you typed the address, check it. If you followed a link from one of our messages, use the whole link."}
}
