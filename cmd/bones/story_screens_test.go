package main

import "testing"

func treeOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func folderOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func processesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func pidOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func filesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func namespacesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func unshareOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func groupsOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func limitOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
func backOnScreen(t *testing.T, s *story, term *tmuxTerminal) {}
