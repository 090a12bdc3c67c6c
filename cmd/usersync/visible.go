package main

import (
	"strconv"
	"strings"
	"unicode"
)

// visible is a text that a terminal shows and does not obey: what comes from a
// provider may hold anything. Line feeds and tabs stay.
func visible(text string) string {
	return escaped(text, func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) })
}

// visibleLine is visible in one line.
func visibleLine(text string) string { return escaped(text, unicode.IsPrint) }

func escaped(text string, stays func(rune) bool) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !stays(r) }) {
		return text
	}
	var shown strings.Builder
	for _, r := range text {
		if stays(r) {
			shown.WriteRune(r)
			continue
		}
		shown.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return shown.String()
}
