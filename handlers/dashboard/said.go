package dashboard

import "strings"

// saying is a part of a text: a command, or the words around one.
type saying struct {
	Text string
	Code bool
}

// said cuts a text at its backquotes, between which are commands to copy. One that has
// no partner is a mark like any other.
func said(text string) (parts []saying) {
	pieces := strings.Split(text, "`")
	if len(pieces)%2 == 0 {
		return []saying{{Text: text}}
	}
	for i, piece := range pieces {
		if piece != "" {
			parts = append(parts, saying{Text: piece, Code: i%2 == 1})
		}
	}
	return parts
}
