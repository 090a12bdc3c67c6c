package dashboard

import (
	"maps"
	"slices"
)

// letterReasons say of each reason of a dead letter what it means and what to do.
var letterReasons = map[string][2]string{
	"bad_json":           {"The body is no JSON that can be read in one way only: it is cut off, has a name twice, or bytes that are no text.", "Ask the provider, or whatever stands in between and changes bodies. A retry helps if the definition was at fault."},
	"bad_token":          {"The body is a signed token, and what is in it cannot be read.", "See that unpack in the definition fits what the provider sends, then retry."},
	"bad_envelope":       {"The envelope of the event is not as the definition describes it.", "Compare the payload with the definition; correct the definition, then retry."},
	"too_many_events":    {"One request had more events than are taken together.", "Have the provider send smaller batches; the users are brought in by a reconcile."},
	"no_type":            {"Nothing in the event says what happened.", "Name where the type stands in the definition, then retry."},
	"no_user_id":         {"Nothing in the event says whom it is about.", "Name where the user's id stands in the definition, then retry; events about nobody belong on its ignore list."},
	"bad_user_id":        {"The user's id is none: it is too long, empty, or has control characters.", "Look at the payload. If the id stands elsewhere, correct the definition, then retry."},
	"no_event_id":        {"Nothing in the event tells it from others.", "Name where the event's id stands in the definition, or have it made from the body, then retry."},
	"bad_event_id":       {"The event's id is none: it is too long, empty, or has control characters.", "Look at the payload, and correct the definition, then retry."},
	"no_time":            {"Nothing in the event says when it happened.", "Name where the time stands in the definition, then retry."},
	"bad_time":           {"The event's time cannot be read.", "See which form of time the definition names, then retry."},
	"bad_field":          {"A field of the user is not of the kind that its column takes.", "The detail names it. Correct the definition, or the user at the provider, then retry."},
	"future_time":        {"The event says that it happens later than now, by more than max_future: applied, it would freeze the row.", "It is tried again by itself once it is due. If there are many, see the provider's clock and this machine's."},
	"script_error":       {"The provider's script failed on this event.", "The detail says where. Correct the script, then retry."},
	"script_unavailable": {"The script could not be run: its workers were busy or died.", "It is tried again by itself. If it stays, see the limits of the script."},
	"refused":            {"The database refused the data: a constraint or a trigger of the app's.", "The detail says what refused it. Look at it and at the rows that it compares with, then retry."},
	"unusable_row":       {"The user's row cannot be read or made.", "The detail says why. Repair the row, or erase the user and list them again, then retry."},
	"unknown_provider":   {"It was spooled for a provider that is configured no more.", "Configure the provider under its name again, then retry."},
}

// reasonOfLetter is a reason in words. The detail of a letter says more.
func reasonOfLetter(reason string) reasonView {
	words, known := letterReasons[reason]
	if !known {
		words = [2]string{"The provider's script or definition gave this reason.", "The detail of the letter says more; correct what it names, then retry."}
	}
	return reasonView{printable(reason), words[0], words[1]}
}

// reasonNames are the known reasons, sorted.
func reasonNames() []string { return slices.Sorted(maps.Keys(letterReasons)) }
