// Package filetree copies files and trees of files between two directories that are held open: out of a container and
// into one by the same rules, those of cp and docker cp. It also keeps a tree for undo, and packs and unpacks tar.
//
// Both sides may be changed by somebody else at any moment. So nothing goes by path a second time: each directory on
// the way is held open, no link is followed, and what is no file, directory or link is named and never opened.
package filetree
