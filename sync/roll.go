package usersync

import "context"

// Roll calls the users of the table.
type Roll interface {
	// Call returns a provider's users who are not deleted, in the order of
	// their ids, from behind the given id on, at most limit.
	Call(ctx context.Context, provider string, after UUID, limit int) ([]Present, error)
}

// Present is a user whom the table has.
type Present struct {
	UserKey
	Latest Micros // of all stamps: the provider spoke of the user then
}

// Tally remembers whom a list named, however many they are.
type Tally interface {
	Add(id UUID) error
	// Check returns a function that says whether an id was added; it must be
	// asked in the order of the ids.
	Check() (func(id UUID) (bool, error), error)
}

// rollSize is how many rows are read at once, and mostGone how many users one
// run deletes: what is beyond is left for the next.
const (
	rollSize = 5000
	mostGone = 100_000
)

// roll is what a roll call found.
type roll struct {
	alive int64     // users who are not deleted
	count int64     // of them, those whom the provider no longer has, as it seems
	gone  []UserKey // at most mostGone of them

	witness *UserKey // one whom it has, nil if there is none
	young   int64    // users who are not listed, and of whom it spoke since
}

// callRoll finds the users of whom the provider has said nothing since the
// instant, and whom the list did not name.
func callRoll(ctx context.Context, r Roll, provider string, since Micros, listed Tally) (found roll, err error) {
	named := func(UUID) (bool, error) { return false, nil }
	if listed != nil {
		if named, err = listed.Check(); err != nil {
			return found, err
		}
	}
	var after UUID
	for {
		users, err := r.Call(ctx, provider, after, rollSize)
		if err != nil {
			return found, err
		}
		for _, u := range users {
			after = u.ID()
			found.alive++
			listed, err := named(after)
			if err != nil {
				return found, err
			}
			if listed || u.Latest >= since {
				if found.witness == nil {
					found.witness = &u.UserKey
				}
				if !listed {
					found.young++
				}
				continue
			}
			if found.count++; len(found.gone) < mostGone {
				found.gone = append(found.gone, u.UserKey)
			}
		}
		if len(users) < rollSize {
			return found, nil
		}
	}
}
