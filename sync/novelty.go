package usersync

// novelty is how many transactions in a row wrote only users that were new.
// During a first backfill all of them do.
type novelty int

const (
	// enoughNew is after how many the next users are taken to be new as well. A
	// wrong guess costs a transaction, and the room of its rows in the table.
	enoughNew = 2
	// knownShare is by how much fewer users are written together where they are
	// not new. Rows that were written together stand together: Postgres updates a
	// row on its own page, without touching any index, while there is room on it,
	// which is for one in seven; the room of an old version is free for the next
	// transaction.
	knownShare = 8
)

// learn notes whether a transaction wrote only new users.
func (n *novelty) learn(onlyNew bool) {
	if !onlyNew {
		*n = 0
		return
	}
	*n++
}

// unseen reports whether the next users are taken to be new.
func (n novelty) unseen() bool { return n >= enoughNew }

// together is how many users are written in the next transaction, if most is
// how many new ones are.
func (n novelty) together(most int) int {
	if n == 0 {
		return most / knownShare
	}
	return most
}
