#!/bin/sh
# Speaks the texts beside it into the recordings of the listening exercise, one
# <call>.<language>.mp3 for each <call>.<language>.txt. A text is the recording's
# transcript, word for word. It needs flite, espeak-ng (for Spanish), sox and lame. In
# English flite it is, because a recognizer (pocketsphinx) hears 6 to 29 words in a
# hundred wrong where it hears 79 in espeak-ng's.
# The callers are invented, and their numbers are 555-01xx, which nobody has.
set -eu
cd "$(dirname "$0")"
for tool in flite espeak-ng sox lame; do
	command -v "$tool" >/dev/null || { echo "audio: $tool is not installed, so the recordings stay as they are" >&2; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for text in *.txt; do
	clip=${text%.txt}
	case $clip in
	call-address.en | call-visit.en) flite -voice slt -f "$text" -o "$work/voice.wav" ;;
	*.en) flite -voice rms --setf duration_stretch=1.05 -f "$text" -o "$work/voice.wav" ;;
	call-appointment.es | call-card.es) espeak-ng -v es-419+m3 -s 145 -g 3 -f "$text" -w "$work/voice.wav" ;;
	*.es) espeak-ng -v es-419+f2 -s 145 -g 3 -f "$text" -w "$work/voice.wav" ;;
	esac
	# Half a second of quiet on both sides; as loud as may be without clipping.
	sox -D "$work/voice.wav" -r 16000 -c 1 -b 16 "$work/call.wav" norm -3 pad 0.5 0.5
	lame --quiet -t -m m --cbr -b 24 "$work/call.wav" "$clip.mp3"
	echo "$clip.mp3 $(soxi -D "$work/call.wav") s, $(wc -c <"$clip.mp3") bytes"
done
