package outbound

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

// File is a file as a public source gave it.
type File struct {
	Body     []byte
	Modified time.Time // Last-Modified; zero when the source does not say
}

// Download fetches one file below BaseURL, once: a GET that carries nothing but
// its path, which is no pattern and holds no field of anybody. types are the
// content types that the answer may have, such as "text/csv": a sign-in page
// answered with 200 is none of them. ok is false, without an error, when there
// is no such file (404, 410). How much is read is the Config's BodyLimit, how
// long it may take its Timeout.
//
// Nothing is sent, and the error has CodeNotAllowed, by a Client whose list lets
// any field of a person through: public lists are fetched by Clients of their
// own. Other errors are those of Do.
func (c *Client) Download(ctx context.Context, path string, types ...string) (file File, ok bool, err error) {
	start := time.Now()
	file, ok, err = c.download(ctx, path, types)
	c.metrics.record(ctx, c.cfg.Vendor, err, time.Since(start))
	return file, ok, err
}

func (c *Client) download(ctx context.Context, path string, types []string) (File, bool, error) {
	if len(c.cfg.Allow) > 0 {
		return File{}, false, &onboarding.Error{Code: onboarding.CodeNotAllowed,
			Message: fmt.Sprintf("%s gets fields of people and is no source of public files.", c.cfg.Vendor),
			Hint:    "Nothing was sent. This is a fault of ours: tell the operator."}
	}
	target, shown, err := c.address(Call{Method: http.MethodGet, Path: path})
	if err != nil {
		return File{}, false, err
	}
	ctx, cancel := context.WithTimeout(withShown(ctx, shown), c.cfg.Timeout)
	defer cancel()
	resp, err := c.rest.R().SetContext(ctx).SetHeader("Accept", "*/*").Get(target)
	if err != nil {
		return File{}, false, c.noAnswer(resp, err)
	}
	status := resp.StatusCode()
	switch {
	case status == http.StatusNotFound || status == http.StatusGone:
		return File{}, false, nil
	case status != http.StatusOK:
		if status/100 == 2 { // a part of a file, or none
			return File{}, false, vendors.Unclear(c.cfg.Vendor, status, "answered with something that is no whole file")
		}
		return File{}, false, c.refusal(resp, nil)
	}
	kind, _, err := mime.ParseMediaType(resp.Header().Get("Content-Type"))
	if err != nil || !slices.Contains(types, kind) {
		return File{}, false, vendors.Unclear(c.cfg.Vendor, status, "answered with something that is no file of the kind asked for")
	}
	file := File{Body: resp.Body()}
	if at, err := http.ParseTime(resp.Header().Get("Last-Modified")); err == nil {
		file.Modified = at
	}
	return file, true, nil
}
