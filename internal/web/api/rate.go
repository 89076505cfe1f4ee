package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"
)

// Rate is how much one key may ask of one replica of the web.
type Rate struct {
	PerSecond float64 // 0: as much as it likes
	Burst     int     // how many at once
}

// limiter counts for each key.
type limiter struct {
	Rate
	now func() time.Time

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

func newLimiter(r Rate, now func() time.Time) *limiter {
	if now == nil {
		now = time.Now
	}
	return &limiter{Rate: r, now: now, keys: map[string]*rate.Limiter{}}
}

func (l *limiter) of(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys[key]
	if k == nil { // keys are few, and made by administrators
		k = rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst)
		l.keys[key] = k
	}
	return k
}

// limited says by headers how much a key may ask (draft-ietf-httpapi-ratelimit-headers:
// RateLimit-Policy and RateLimit), and refuses what is more: 429 with Retry-After. What
// is refused was not carried out.
func (h handler) limited(a huma.API, l *limiter) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if l.PerSecond <= 0 {
			next(ctx)
			return
		}
		key, now := l.of(keyOf(ctx.Context()).ID), l.now()
		ok := key.AllowN(now, 1)
		left := max(key.TokensAt(now), 0)
		// The quota is the burst, in the time in which one that is used up is whole again.
		ctx.SetHeader(policyHeader, fmt.Sprintf(`"key";q=%d;w=%d`, l.Burst, seconds(float64(l.Burst)/l.PerSecond)))
		ctx.SetHeader(rateHeader, fmt.Sprintf(`"key";r=%d;t=%d`, int(left), seconds((float64(l.Burst)-left)/l.PerSecond)))
		if !ok {
			ctx.SetHeader(retryHeader, strconv.Itoa(seconds((1-left)/l.PerSecond)))
			_ = huma.WriteErr(a, ctx, http.StatusTooManyRequests, "This key has asked too much at once. Nothing was done; send it again after Retry-After.")
			return
		}
		next(ctx)
	}
}

// seconds are whole ones, and never fewer than it takes.
func seconds(s float64) int { return max(int(math.Ceil(s)), 1) }
