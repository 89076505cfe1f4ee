package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"go.opentelemetry.io/otel/trace"
)

func newLogger(cfg Config) (*slog.Logger, error) {
	var level slog.Level
	if cfg.LogLevel != "" {
		if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
			return nil, fmt.Errorf("VOUCHSAFE_LOG_LEVEL is %q: use debug, info, warn or error", cfg.LogLevel)
		}
	}
	out := cfg.LogOutput
	if out == nil {
		out = os.Stderr
	}
	options := &slog.HandlerOptions{Level: level}
	switch cfg.LogFormat {
	case "", "json":
		return slog.New(traced{slog.NewJSONHandler(out, options)}), nil
	case "text":
		return slog.New(traced{slog.NewTextHandler(out, options)}), nil
	}
	return nil, fmt.Errorf("VOUCHSAFE_LOG_FORMAT is %q: use json or text", cfg.LogFormat)
}

// traced adds the trace's and the span's ID to every line, so that a line leads
// to its trace.
type traced struct{ slog.Handler }

// Handle writes one line.
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the IDs on derived loggers.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps the IDs on derived loggers.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }

// passing makes warnings of what the Temporal SDK reports of a try that failed:
// it is tried again, and what fails for good shows as a failed check, once, and
// not once for each try.
type passing struct{ slog.Handler }

// Handle writes one line.
func (h passing) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "Activity error." {
		r.Level = slog.LevelWarn
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps to it on derived loggers.
func (h passing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return passing{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps to it on derived loggers.
func (h passing) WithGroup(name string) slog.Handler { return passing{h.Handler.WithGroup(name)} }
