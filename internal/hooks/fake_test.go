package hooks_test

import (
	"bytes"
	"errors"
)

// mask stands in for the vault: it is no encryption, but what is masked under one name
// opens under no other.
type mask struct{}

func (mask) SystemSeal(name string, plain []byte) ([]byte, error) {
	out := bytes.Clone(plain)
	for i := range out {
		out[i] ^= 0x5a
	}
	return append([]byte(name+"\x00"), out...), nil
}

func (mask) SystemOpen(name string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(name+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another name")
	}
	out := bytes.Clone(rest)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out, nil
}
