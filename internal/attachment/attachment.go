// Package attachment says what a file is that somebody hands in, by its bytes and
// never by its name, and refuses what is not exactly one of the three kinds that we
// take. A file that is two things at once (a PDF that is an archive as well, a
// picture with something behind its end) is none of them to us.
package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/jpeg"
	"image/png"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The most that is taken.
const (
	MaxFiles = 3
	MaxBytes = 5 << 20 // of one file
)

// Kind is a kind of file.
type Kind struct{ MediaType, Extension string }

// The kinds that are taken.
var (
	PDF  = Kind{"application/pdf", ".pdf"}
	JPEG = Kind{"image/jpeg", ".jpg"}
	PNG  = Kind{"image/png", ".png"}
)

// ErrKind: the file is none of the kinds, or not only one of them.
var ErrKind = errors.New("attachment: not a PDF, JPEG or PNG file")

// Of tells the file's kind and gives its bytes as they are kept: what a phone's
// camera puts behind the end of a picture is left out, since no picture needs it.
func Of(body []byte) (Kind, []byte, error) {
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return PDF, body, ofPDF(body)
	case bytes.HasPrefix(body, []byte{0xFF, 0xD8, 0xFF}):
		end := endOfJPEG(body)
		if _, err := jpeg.DecodeConfig(bytes.NewReader(body)); err != nil || end == 0 {
			return Kind{}, nil, ErrKind
		}
		return JPEG, body[:end], nil
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		end := endOfPNG(body)
		if _, err := png.DecodeConfig(bytes.NewReader(body)); err != nil || end == 0 {
			return Kind{}, nil, ErrKind
		}
		return PNG, body[:end], nil
	}
	return Kind{}, nil, ErrKind
}

var pdfHead = regexp.MustCompile(`^%PDF-(1\.[0-7]|2\.0)[\r\n]`)

// ofPDF: the head is the file's first bytes and the end its last ones (ISO 32000,
// 7.5.2 and 7.5.5; readers are laxer, and that is what two-in-one files live from),
// and there is no archive in it.
func ofPDF(body []byte) error {
	tail := bytes.TrimRight(body, "\r\n\t \x00")
	for _, sign := range []string{"PK\x03\x04", "PK\x05\x06", "\x7fELF", "Rar!\x1a", "7z\xbc\xaf\x27\x1c"} {
		if bytes.Contains(body[:min(len(body), 1024)], []byte(sign)) || bytes.Contains(body[max(len(body)-66<<10, 0):], []byte(sign)) {
			return ErrKind
		}
	}
	if !pdfHead.Match(body) || !bytes.HasSuffix(tail, []byte("%%EOF")) || !bytes.Contains(body, []byte("startxref")) {
		return ErrKind
	}
	return nil
}

// endOfJPEG walks the segments to the end of the image (ITU-T T.81, annex B) and
// gives where it is; 0 when there is none.
func endOfJPEG(b []byte) int {
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xFF {
			return 0
		}
		marker := b[i+1]
		switch {
		case marker == 0xFF: // fill
			i++
			continue
		case marker == 0xD9:
			return i + 2
		case marker == 0x01, marker >= 0xD0 && marker <= 0xD7:
			i += 2
			continue
		}
		i += 2 + int(binary.BigEndian.Uint16(b[i+2:]))
		if marker != 0xDA {
			continue
		}
		for ; i+1 < len(b); i++ { // the scan's data: until a marker that is none of the data's own
			if b[i] == 0xFF && b[i+1] != 0 && (b[i+1] < 0xD0 || b[i+1] > 0xD7) {
				break
			}
		}
		if i+2 == len(b) && b[i] == 0xFF && b[i+1] == 0xD9 {
			return len(b)
		}
	}
	return 0
}

// endOfPNG walks the chunks, each with its checksum (ISO/IEC 15948), to the last.
func endOfPNG(b []byte) int {
	for i := 8; i+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[i:]))
		if n < 0 || n > len(b) || i+12+n > len(b) || crc32.ChecksumIEEE(b[i+4:i+8+n]) != binary.BigEndian.Uint32(b[i+8+n:]) {
			return 0
		}
		kind := string(b[i+4 : i+8])
		i += 12 + n
		if kind == "IEND" {
			return i
		}
	}
	return 0
}

var odd = regexp.MustCompile(`[^\pL\pN ._-]+`)

// Name cleans a file's name for people to read: no path, nothing but letters,
// digits and a few signs, and the ending of what the file is.
func Name(given string, k Kind) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(given, ""), `\`, "/"))
	name = strings.Trim(odd.ReplaceAllString(strings.TrimSuffix(name, path.Ext(name)), " "), " .-_")
	name = strings.Join(strings.Fields(name), " ")
	for utf8.RuneCountInString(name) > 80 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		name = "file"
	}
	return name + k.Extension
}
