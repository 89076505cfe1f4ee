package vault

import (
	"fmt"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func TestCacheIsBounded(t *testing.T) {
	c := newCache(3, time.Minute)
	for i := range 5 {
		c.put(cacheID(i), nil, c.epoch())
		c.get(cacheID(0)) // in use: stays
	}
	for i, want := range []state{cached, uncached, uncached, cached, cached} {
		if _, got := c.get(cacheID(i)); got != want {
			t.Errorf("%d: %v, want %v", i, got, want)
		}
	}
	if len(c.entries) != 3 || c.order.Len() != 3 {
		t.Errorf("%d and %d entries, want 3", len(c.entries), c.order.Len())
	}
}

// Use does not prolong an entry's life.
func TestCacheExpires(t *testing.T) {
	c := newCache(3, time.Minute)
	now := time.Now()
	c.now = func() time.Time { return now }
	c.put(cacheID(1), nil, c.epoch())
	c.destroy(cacheID(2))
	for _, step := range []struct{ one, two state }{{cached, cachedDestroyed}, {cached, cachedDestroyed}, {uncached, uncached}} {
		_, one := c.get(cacheID(1))
		_, two := c.get(cacheID(2))
		if one != step.one || two != step.two {
			t.Errorf("after %v: %v and %v, want %v and %v", now, one, two, step.one, step.two)
		}
		now = now.Add(30 * time.Second)
	}
}

func TestCacheDestroyBeatsPut(t *testing.T) {
	c := newCache(3, time.Minute)
	epoch := c.epoch()
	c.destroy(cacheID(1))
	c.put(cacheID(1), nil, epoch)
	if _, got := c.get(cacheID(1)); got != cachedDestroyed {
		t.Errorf("%v: a load brought the key back", got)
	}
}

func cacheID(i int) onboarding.ApplicantID { return onboarding.ApplicantID(fmt.Sprint(i)) }
