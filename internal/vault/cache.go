package vault

import (
	"container/list"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// cache keeps unwrapped keys, bounded in number (least recently used goes) and
// in time (counted from the load, not from the last use: a busy key must be
// loaded again too, or an erasure elsewhere would never be noticed). That an
// applicant is erased is kept in it as well.
type cache struct {
	mu      sync.Mutex
	size    int
	ttl     time.Duration
	order   *list.List // of *entry, most recently used first
	entries map[onboarding.ApplicantID]*list.Element
	purges  uint64
	now     func() time.Time
}

type entry struct {
	id        onboarding.ApplicantID
	aead      tink.AEAD
	destroyed bool
	until     time.Time
}

type state int

const (
	uncached state = iota
	cached
	cachedDestroyed
)

func newCache(size int, ttl time.Duration) *cache {
	return &cache{size: size, ttl: ttl, order: list.New(), now: time.Now,
		entries: make(map[onboarding.ApplicantID]*list.Element)}
}

func (c *cache) get(id onboarding.ApplicantID) (tink.AEAD, state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[id]
	if !ok {
		return nil, uncached
	}
	e := element.Value.(*entry)
	if !c.now().Before(e.until) {
		c.remove(element)
		return nil, uncached
	}
	c.order.MoveToFront(element)
	if e.destroyed {
		return nil, cachedDestroyed
	}
	return e.aead, cached
}

// epoch is given to put: a load that began before a destroy must not bring the
// key back after it.
func (c *cache) epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges
}

func (c *cache) put(id onboarding.ApplicantID, aead tink.AEAD, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch == c.purges {
		c.set(&entry{id: id, aead: aead})
	}
}

func (c *cache) destroy(id onboarding.ApplicantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges++
	c.set(&entry{id: id, destroyed: true})
}

func (c *cache) set(e *entry) {
	if old, ok := c.entries[e.id]; ok {
		c.remove(old)
	}
	e.until = c.now().Add(c.ttl)
	c.entries[e.id] = c.order.PushFront(e)
	for c.order.Len() > c.size {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(element *list.Element) {
	c.order.Remove(element)
	delete(c.entries, element.Value.(*entry).id)
}
