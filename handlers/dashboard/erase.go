package dashboard

import (
	"fmt"
	"net/http"
	"time"

	usersync "usersync/sync"
)

// erasures are the pages on which a user is erased.
type erasures struct {
	*Dashboard
	done receipts[erasedView]
}

// eraseView is what templates/erase.html shows.
type eraseView struct {
	Provider, UserID, ID string
	Email, Name          string // "" if not known
	Back                 string
	Again                moment // when the user was erased before
}

// erasedView is what templates/erased.html shows.
type erasedView struct {
	Provider, Path string
	Done           usersync.Erased
	Before         moment
	Blanked        bool
}

// ask shows what is to be erased, and how to say so.
func (e *erasures) ask(r *http.Request) (sheet, error) {
	a := askedBy(r)
	key := a.user()
	if a.err != nil {
		return sheet{}, a.err
	}
	told, err := e.desk.Explainer.Explain(r.Context(), key, 1, 1)
	if err != nil {
		return sheet{}, err
	}
	if told.Nothing() {
		return sheet{}, missing("nothing is known of this user, so nothing of them can be erased here. To have whatever comes ignored, use `usersync erase`.")
	}
	return sheet{template: "erase", title: "Erase a user", body: viewErase(told, e.clock())}, nil
}

func viewErase(told *usersync.Explanation, now time.Time) eraseView {
	v := eraseView{
		Provider: told.Provider, UserID: told.UserID, ID: told.ID.String(),
		Back: userPath(told.UserKey), Again: microsMoment(told.Erased, now),
	}
	for i := range told.Fields {
		switch x := &told.Fields[i]; x.Field {
		case usersync.FieldEmail:
			v.Email = viewValue(x.Value, lineText).Text
		case usersync.FieldName:
			v.Name = viewValue(x.Value, lineText).Text
		}
	}
	return v
}

// erase erases whom the form names, if who sent it typed the id.
func (e *erasures) erase(r *http.Request) (to string, err error) {
	a := filledIn(r)
	key, typed := a.user(), a.text("confirm")
	if a.err != nil {
		return "", a.err
	}
	if typed != key.UserID && typed != key.ID().String() {
		return "", badInput("confirm: what was typed is neither the provider's id of the user nor the id of the row. Nothing was erased: go back and type one of them.")
	}
	done, err := e.desk.Erase(r.Context(), key)
	if err != nil {
		return "", fmt.Errorf("the erasure did not end, and a part may be removed already, so erase again to do the rest: %w", err)
	}
	v := erasedView{
		Provider: key.Provider, Path: userPath(key), Done: done, Before: microsMoment(done.Before, e.clock()),
		Blanked: done.Row == usersync.RowBlanked,
	}
	return pathTo("/users/erased", "result", e.done.keep(v, e.clock())), nil
}

// erased shows what an erasure removed.
func (e *erasures) erased(r *http.Request) (sheet, error) {
	a := askedBy(r)
	name := a.wanted("result")
	if a.err != nil {
		return sheet{}, a.err
	}
	v, err := e.done.find(name, e.clock())
	return sheet{template: "erased", title: "Erased", body: v}, err
}
