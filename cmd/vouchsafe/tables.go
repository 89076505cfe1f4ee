package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// utc is a time as tables have it.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime) + " UTC"
}

// fetched asks the deployment for one thing and answers it, in JSON or by words.
func fetched[T any](s *session, what func(*client.Client) (T, error), words func(io.Writer, T)) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	got, err := what(api)
	if err != nil {
		return err
	}
	return s.answer(got, func(w io.Writer) { words(w, got) })
}

// table asks for many things and answers them, in JSON or as a table with a line for each;
// head and lines have a tab between columns.
func table[T any](s *session, what func(*client.Client) ([]T, error), head string, line func(T) []any) error {
	return fetched(s, what, func(w io.Writer, all []T) { rows(w, head, all, line) })
}

// rows writes a table with a line for each.
func rows[T any](w io.Writer, head string, all []T, line func(T) []any) {
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	fmt.Fprintln(t, head)
	for _, one := range all {
		columns := line(one)
		fmt.Fprintf(t, strings.Repeat("%v\t", len(columns)-1)+"%v\n", columns...)
	}
	t.Flush()
}
