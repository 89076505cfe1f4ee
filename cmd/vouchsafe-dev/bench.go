package main

import (
	"context"
	"errors"
	"io"
)

type benchCmd struct {
	N int `help:"How many applicants." default:"400"`
}

func (b benchCmd) run(context.Context, io.Writer, io.Writer) error {
	return errors.New("not yet")
}
