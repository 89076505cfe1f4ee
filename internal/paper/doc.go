// Package paper has what PDFs are drawn with: the fonts, which letters they have, and a
// plain document of headings, texts and named rows.
package paper
