package attachment_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/attachment"
)

const pdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"

func pictures(t testing.TB) (jpg, pn []byte) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	var j, p bytes.Buffer
	if err := errors.Join(jpeg.Encode(&j, m, nil), png.Encode(&p, m)); err != nil {
		t.Fatal(err)
	}
	return j.Bytes(), p.Bytes()
}

func TestKinds(t *testing.T) {
	jpg, pn := pictures(t)
	for name, tt := range map[string]struct {
		body []byte
		want attachment.Kind
		kept int // 0: refused
	}{
		"a PDF":                           {[]byte(pdf), attachment.PDF, len(pdf)},
		"a JPEG":                          {jpg, attachment.JPEG, len(jpg)},
		"a PNG":                           {pn, attachment.PNG, len(pn)},
		"a JPEG with a tail":              {append(bytes.Clone(jpg), "<script>alert(1)</script>"...), attachment.JPEG, len(jpg)},
		"a PNG with an archive behind it": {append(bytes.Clone(pn), "PK\x03\x04"...), attachment.PNG, len(pn)},
		"a PDF behind something":          {[]byte("GIF89a" + pdf), attachment.Kind{}, 0},
		"a PDF with an archive behind it": {[]byte(pdf + "PK\x05\x06zip"), attachment.Kind{}, 0},
		"a PDF that is an archive too":    {[]byte(pdf + "PK\x05\x06zip\n%%EOF\n"), attachment.Kind{}, 0},
		"a PDF without an end":            {[]byte(pdf[:40]), attachment.Kind{}, 0},
		"a PDF of another head":           {[]byte("%PDF-<html>" + pdf), attachment.Kind{}, 0},
		"half a JPEG":                     {jpg[:len(jpg)/2], attachment.Kind{}, 0},
		"half a PNG":                      {pn[:len(pn)/2], attachment.Kind{}, 0},
		"a PNG with a broken checksum":    {append(bytes.Clone(pn[:len(pn)-1]), 0), attachment.Kind{}, 0},
		"a page":                          {[]byte("<!doctype html><script>"), attachment.Kind{}, 0},
		"a program":                       {[]byte("MZ\x90\x00"), attachment.Kind{}, 0},
		"nothing":                         {nil, attachment.Kind{}, 0},
	} {
		kind, kept, err := attachment.Of(tt.body)
		if (err == nil) != (tt.kept > 0) || tt.kept > 0 && (kind != tt.want || len(kept) != tt.kept) {
			t.Errorf("%s: %v, %d bytes, %v", name, kind, len(kept), err)
		}
	}
}

func TestName(t *testing.T) {
	for given, want := range map[string]string{
		"court letter.PDF": "court letter.pdf", `C:\Users\ada\court.pdf`: "court.pdf", "../../etc/passwd": "passwd.pdf", "<script>.exe": "script.pdf",
		"a\r\nb\".pdf": "a b.pdf", "": "file.pdf", ".pdf": "file.pdf", "señal – 判決.pdf": "señal 判決.pdf",
	} {
		if got := attachment.Name(given, attachment.PDF); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	jpg, pn := pictures(f)
	for _, seed := range [][]byte{[]byte(pdf), jpg, pn} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, kept, err := attachment.Of(body); err == nil && !bytes.HasPrefix(body, kept) {
			t.Error("what is kept is not what was given")
		}
	})
}
