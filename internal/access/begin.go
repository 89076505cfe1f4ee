package access

import (
	"cmp"
	"context"
)

type begunKey struct{}

// Begin tells all that is recorded within the context who asks, as which action, and
// by which route. The faces call it once they know; what is behind them records what
// was done, and need not know where it was asked for.
func Begin(ctx context.Context, e Event) context.Context {
	return context.WithValue(ctx, begunKey{}, e)
}

// begun fills in what the event does not say itself from what Begin was told.
func (e Event) begun(ctx context.Context) Event {
	b, _ := ctx.Value(begunKey{}).(Event)
	e.Who, e.Action, e.Route = cmp.Or(e.Who, b.Who), cmp.Or(e.Action, b.Action), cmp.Or(e.Route, b.Route)
	return e
}
