package yente

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// catalog is the part of GET /catalog that we read.
type catalog struct {
	Datasets []dataset `json:"datasets"`
}

type dataset struct {
	Name     string   `json:"name"`
	Indexed  *string  `json:"index_version"` // what is searched; null when it is not loaded by itself
	Children []string `json:"children"`
}

var versionForm = regexp.MustCompile(`^[0-9A-Za-z._:-]{1,60}$`)

// loaded names the edition that is searched. It is asked for at most every five
// minutes: the catalog is large, and yente loads a new edition every few hours.
func (c *Client) loaded(ctx context.Context) (string, error) {
	now := c.now()
	c.mu.Lock()
	edition, asOf := c.edition, c.asOf
	c.mu.Unlock()
	if edition != "" && now.Sub(asOf) < catalogHolds {
		return edition, nil
	}
	var all catalog
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/catalog", Into: &all})
	if err != nil {
		return "", err
	}
	if edition = all.edition(c.dataset); edition == "" {
		return "", vendors.Unclear(consent.RecipientYente, reply.Status, "has not loaded the data set "+c.dataset)
	}
	c.mu.Lock()
	c.edition, c.asOf = edition, now
	c.mu.Unlock()
	return edition, nil
}

// edition is "name@version" of the data set itself or, where it is loaded as a part
// of others, of those; "" when it is not loaded at all.
func (c catalog) edition(name string) string {
	var out []string
	for _, d := range c.Datasets {
		if d.Indexed == nil || !versionForm.MatchString(*d.Indexed) || !datasetForm.MatchString(d.Name) {
			continue
		}
		edition := d.Name + "@" + *d.Indexed
		if d.Name == name {
			return edition
		}
		if c.within(d, name, nil) {
			out = append(out, edition)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// within reports whether name is d's child, or a child's. above keeps a catalog
// that goes round in a circle from doing so here.
func (c catalog) within(d dataset, name string, above []string) bool {
	if slices.Contains(above, d.Name) {
		return false
	}
	above = append(above, d.Name)
	for _, child := range d.Children {
		if child == name {
			return true
		}
		for _, other := range c.Datasets {
			if other.Name == child && c.within(other, name, above) {
				return true
			}
		}
	}
	return false
}
