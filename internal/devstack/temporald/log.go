package temporald

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLog gives the server's own log to a slog.Logger.
//
// While the services start and stop they cannot reach each other and say so a
// dozen times, and it has a warning about a port that it is not given. Such lines
// are worth nothing; outside its running time only errors at the start count.
type serverLog struct {
	log   *slog.Logger
	least slog.Leveler
	phase *atomic.Int32
}

const (
	starting int32 = iota
	running
	stopping
)

var (
	_ log.Logger     = serverLog{}
	_ log.WithLogger = serverLog{}
)

// fatal is what the server called Fatal with. The server expects the process to
// end there; ours also runs the web and the worker, so it becomes a panic, which
// Start turns into an error.
type fatal struct{ text string }

func (l serverLog) Debug(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }
func (l serverLog) Info(msg string, tags ...tag.Tag)  { l.write(slog.LevelInfo, msg, tags) }
func (l serverLog) Warn(msg string, tags ...tag.Tag)  { l.write(slog.LevelWarn, msg, tags) }
func (l serverLog) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic is for developers of the server, where it panics; elsewhere an error.
func (l serverLog) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

func (l serverLog) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(describe(msg, tags))
}

func (l serverLog) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(fatal{describe(msg, tags)})
}

// With gives a logger that adds the tags to every line.
func (l serverLog) With(tags ...tag.Tag) log.Logger {
	return serverLog{log: slog.New(l.log.Handler().WithAttrs(attributes(tags))), least: l.least, phase: l.phase}
}

func (l serverLog) write(level slog.Level, msg string, tags []tag.Tag) {
	switch phase := l.phase.Load(); {
	case phase == starting && level < slog.LevelError, phase == stopping:
		level = slog.LevelDebug
	}
	ctx := context.Background()
	if level < l.least.Level() || !l.log.Enabled(ctx, level) {
		return
	}
	l.log.LogAttrs(ctx, level, msg, attributes(tags)...)
}

func attributes(tags []tag.Tag) []slog.Attr {
	attrs := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		attrs = append(attrs, slog.Any(t.Key(), t.Value()))
	}
	return attrs
}

func describe(msg string, tags []tag.Tag) string {
	var text strings.Builder
	text.WriteString(msg)
	for _, t := range tags {
		fmt.Fprintf(&text, ", %s: %v", t.Key(), t.Value())
	}
	return text.String()
}

// clientLog is the same for the SDK's client.
type clientLog struct{ log *slog.Logger }

func (clientLog) Debug(string, ...any) {}
func (clientLog) Info(string, ...any)  {}

func (l clientLog) Warn(msg string, keyvals ...any)  { l.log.Warn(msg, keyvals...) }
func (l clientLog) Error(msg string, keyvals ...any) { l.log.Error(msg, keyvals...) }
