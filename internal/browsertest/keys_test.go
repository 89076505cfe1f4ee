package browsertest

import (
	"github.com/chromedp/cdproto/input"
)

// keys are those that the keyboard's journeys press, by name: their Windows codes,
// and what they type.
var keys = map[string]struct {
	code int64
	text string
}{
	"Tab": {9, ""}, "Enter": {13, "\r"}, " ": {32, " "}, "Backspace": {8, ""}, "ArrowDown": {40, ""}, "ArrowUp": {38, ""}, "Escape": {27, ""}, "j": {74, "j"}, "/": {191, "/"},
}

func (b *tab) key(name string) {
	b.Helper()
	b.keyWith(name, 0)
}

const shift = 8

func (b *tab) keyWith(name string, modifiers int64) {
	b.Helper()
	k, ok := keys[name]
	if !ok {
		b.Fatalf("no key %q", name)
	}
	code := name
	if name == " " {
		code = "Space"
	}
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: name, Code: code, WindowsVirtualKeyCode: k.code, Modifiers: modifiers}
	if k.text != "" {
		down.Type, down.Text, down.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, k.text, k.text
	}
	call(b, input.DispatchKeyEvent, down)
	call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: name, Code: code, WindowsVirtualKeyCode: k.code, Modifiers: modifiers})
}
