package script

import "strings"

// known are the words that a message may show: those of the script's own text, and
// those of the engine. All others may have been taken from a payload.
type known struct {
	file  string
	words map[string]bool
}

// most is how long a message gets.
const longestMessage = 300

func knownOf(file, text string) known {
	k := known{file, map[string]bool{}}
	for _, words := range []string{engineWords, text} {
		for word := range strings.FieldsFuncSeq(words, notWord) {
			k.words[word] = true
		}
	}
	return k
}

// engineWords stand in what the engine and this package say.
const engineWords = `Error TypeError RangeError ReferenceError SyntaxError EvalError URIError AggregateError
a access accessor is can together Infinity NaN actions already an and any apply are argument array as at be before been Bigint BigInt but by call called
cannot class constructor convert could create Date deep deeper define defined delete derived describes did does each
either expected extensible failed for found from function functions get getter given has have hold if in initialized
instance instanceof integer invalid Invalid iterable iterator JSON large length map Map member mix must name new
neither no non nor not null number object Object objects of on one only operator or other out parameter primitive
property Promise Proxy RegExp range read redeclare regular resolve result returned Set set setter size something
stand string super symbol Symbol takes target than that the them themselves this thrown to too trap
type undefined unexpected Unexpected token value values was which with without Function Arrow arrays more
Reduce empty radix between digits count Cyclic circular structure converting Maximum stack exceeded
Cannot assign constant variable its own writable read- const Iterator Generator running WeakMap WeakSet key keys
revoked perform proxy it array object hold which 64 0 1`

// only shows a message without the words that are not known. What stands between two
// spaces, quotes or brackets is shown if it is made of known words and dots.
func (k known) only(message string) string {
	var shown strings.Builder
	rest := message
	for rest != "" && shown.Len() < longestMessage {
		if at := strings.IndexFunc(rest, between); at != 0 {
			if at < 0 {
				at = len(rest)
			}
			if k.knows(rest[:at]) {
				shown.WriteString(rest[:at])
			} else {
				shown.WriteString("…")
			}
			rest = rest[at:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return !between(r) })
		if end < 0 {
			end = len(rest)
		}
		shown.WriteString(rest[:min(end, 3)])
		rest = rest[end:]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, shown.String())
}

func (k known) knows(chunk string) bool {
	for part := range strings.SplitSeq(chunk, ".") {
		if part != "" && !k.words[part] {
			return false
		}
	}
	return true
}

// between are the characters that separate the parts of a message.
func between(r rune) bool { return strings.ContainsRune(" \t\r\n'\"`()[]{}:,;=", r) }

// notWord are the characters that no identifier has.
func notWord(r rune) bool {
	return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r < 0x80
}
