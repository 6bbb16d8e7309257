"""The Tracker side in motion: stories on their boards, changed step by step.

``Board.apply`` carries out one planned step: it changes the records and writes the activity. Steps about a story
that is gone, or that would change nothing, are passed over, as people do. Not here: what is planned
(``story_plans``), the wording of the log (``activity``) and what hangs on a story (``story_parts``).
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.simulator.model import Record
from pipelines.simulator.world.activity import creation, deletion, resource, update
from pipelines.simulator.world.clock import iso
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.project_board import ProjectBoard
from pipelines.simulator.world.step import Step
from pipelines.simulator.world.story_parts import StoryParts
from pipelines.simulator.world.tracker_projects import TrackerProject, membership_record


class Board:
    """All projects together, because stories move between them."""

    def __init__(self, projects: list[TrackerProject]) -> None:
        self.projects = [ProjectBoard(project) for project in projects]
        self.stories: dict[int, Record] = {}
        self.parts = StoryParts()
        self._verbs: dict[str, Callable[[ProjectBoard, Step], None]] = {
            "join": self._join,
            "add_label": self._add_label,
            "drop_label": self._drop_label,
            "add_epic": self._add_epic,
            "describe_epic": self._describe_epic,
            "override": self._override,
            "clear_icebox": self._clear_icebox,
            "create": self._create,
            "update": self._update,
            "relabel": self._relabel,
            "prioritise": self._prioritise,
            "move": self._move,
            "delete": self._delete,
            "part": self._part,
        }

    def apply(self, step: Step) -> None:
        if step.story and step.verb != "create" and step.story not in self.stories:
            return
        self._verbs[step.verb](self.projects[step.project], step)

    def ordered_stories(self) -> list[Record]:
        """Priority order per project: accepted (oldest first), current, backlog, icebox."""
        ordered = []
        for board in self.projects:
            accepted = [
                story
                for story in self.stories.values()
                if story["current_state"] == "accepted" and story["project_id"] == board.project.id
            ]
            backlog = [self.stories[story] for story in board.backlog]
            ordered += sorted(accepted, key=lambda story: (story["accepted_at"], story["id"]))
            ordered += sorted(backlog, key=_is_waiting)
            ordered += [self.stories[story] for story in board.icebox]
        return ordered

    # -- about the project -------------------------------------------------------------------------

    def _join(self, board: ProjectBoard, step: Step) -> None:
        member: Person = step.values["person"]
        record = membership_record(board.project, member)
        board.memberships.append(record)
        message = f"added {member.name} to this project"
        changes, primary = [creation(record)], [record["person"]]
        board.journal.write(step, "project_membership_create", "added", message, changes, primary)

    def _add_label(self, board: ProjectBoard, step: Step) -> None:
        labels, changes = board.labelled([step.values["name"]], step.at)
        message = f'added label: "{labels[0]["name"]}"'
        board.journal.write(step, "label_create", "added", message, changes, [resource(labels[0])])

    def _drop_label(self, board: ProjectBoard, step: Step) -> None:
        label = board.labels.pop(step.values["name"], None)
        if label is None:
            return
        changes = [deletion(label)]
        for story in self.stories.values():
            if label in story["labels"]:
                left = [other for other in story["labels"] if other is not label]
                change = update(story, {"labels": left}, step.at)
                changes += [change] if change else []
        message = f'deleted label: "{label["name"]}"'
        board.journal.write(step, "label_delete", "deleted", message, changes, [resource(label)])

    def _add_epic(self, board: ProjectBoard, step: Step) -> None:
        labels, changes = board.labelled([step.values["label"]], step.at)
        number = 5_120_000 + board.project.index * 1_000 + len(board.epics)
        epic: Record = {
            "id": number,
            "kind": "epic",
            "created_at": iso(step.at),
            "updated_at": iso(step.at),
            "project_id": board.project.id,
            "name": step.values["label"].capitalize(),
            "description": None,
            "url": f"https://www.pivotaltracker.com/epic/show/{number}",
            "label": labels[0],
        }
        board.epics.append(epic)
        changes.append(creation({**epic, "label": None}, label_id=labels[0]["id"]))
        message = "added this epic"
        board.journal.write(step, "epic_create", "added", message, changes, [resource(epic)])

    def _describe_epic(self, board: ProjectBoard, step: Step) -> None:
        epic = board.epics[step.values["number"]]
        change = update(epic, {"description": step.values["description"]}, step.at)
        if change:
            message = "edited this epic"
            board.journal.write(step, "epic_update", "edited", message, [change], [resource(epic)])

    def _override(self, board: ProjectBoard, step: Step) -> None:
        number = step.values["number"]
        values = {"length": step.values["length"], "team_strength": step.values["team_strength"]}
        board.overrides.append({"project_id": board.project.id, "number": number, **values})
        kind, message = "iteration_override", f"changed iteration {number}"
        change = {"kind": kind, "change_type": "create", "number": number, "new_values": values}
        primary = [{"kind": "iteration", "number": number}]
        board.journal.write(step, "iteration_update", "edited", message, [change], primary)

    def _clear_icebox(self, board: ProjectBoard, step: Step) -> None:
        oldest = [self.stories[story] for story in board.icebox[: step.values["stories"]]]
        if oldest:
            self._remove(board, step, oldest)

    # -- about one story ---------------------------------------------------------------------------

    def _create(self, board: ProjectBoard, step: Step) -> None:
        labels, changes = board.labelled(step.values["labels"], step.at)
        story: Record = {
            "kind": "story",
            "id": step.story,
            "project_id": board.project.id,
            "created_at": iso(step.at),
            "updated_at": iso(step.at),
            "accepted_at": None,
            "deadline": None,
            "estimate": None,
            "story_type": None,
            "story_priority": "none",
            "name": None,
            "description": None,
            "current_state": None,
            "requested_by_id": step.person.tracker_id,
            "url": f"https://www.pivotaltracker.com/story/show/{step.story}",
            "owner_ids": [],
            "owned_by_id": None,
            "integration_id": None,
            "external_id": None,
            **step.values,
            "labels": labels,
        }
        self.stories[step.story] = story
        panel = board.icebox if story["current_state"] == "unscheduled" else board.backlog
        more = {
            "follower_ids": [story["requested_by_id"]],
            "after_id": panel[-1] if panel else None,
            "blocked_story_ids": [],
        }
        board.place(story)
        changes.append(creation(story, **more))
        message = f"added this {story['story_type']}"
        board.journal.write(step, "story_create", "added", message, changes, [resource(story)])

    def _update(self, board: ProjectBoard, step: Step) -> None:
        self._change_story(board, step, dict(step.values), [])

    def _relabel(self, board: ProjectBoard, step: Step) -> None:
        without, plus = step.values.get("without", ()), step.values.get("plus", ())
        names = [label["name"] for label in self.stories[step.story]["labels"]]
        kept = [name for name in names if name not in without]
        kept += [name for name in plus if name not in kept]
        labels, changes = board.labelled(kept, step.at)
        self._change_story(board, step, {"labels": labels}, changes)

    def _change_story(
        self, board: ProjectBoard, step: Step, values: Record, changes: list[Record]
    ) -> None:
        story = self.stories[step.story]
        if "owner_ids" in values:
            values["owned_by_id"] = values["owner_ids"][0] if values["owner_ids"] else None
        if "current_state" in values:
            values["accepted_at"] = iso(step.at) if values["current_state"] == "accepted" else None
        change = update(story, values, step.at)
        if change is None:
            return
        new = change["new_values"]
        if "current_state" in new:
            board.place(story)
        # Tracker highlights one of several things done together, and not necessarily the state.
        highlight = "estimated" if "estimate" in new else new.get("current_state", "edited")
        message = f"{highlight} this {story['story_type']}"
        changes = [*changes, change]
        board.journal.write(step, "story_update", highlight, message, changes, [resource(story)])

    def _prioritise(self, board: ProjectBoard, step: Step) -> None:
        """To the top of the backlog; does not touch ``updated_at`` (nothing recorded says it would)."""
        backlog = board.backlog
        if step.story not in backlog or backlog[0] == step.story:
            return
        story, place = self.stories[step.story], backlog.index(step.story)
        below = backlog[place + 1] if place + 1 < len(backlog) else None
        change = {
            **deletion(story),
            "change_type": "update",
            "original_values": {"after_id": backlog[place - 1], "before_id": below},
            "new_values": {"after_id": None, "before_id": backlog[0]},
        }
        backlog.insert(0, backlog.pop(place))
        message = f"moved this {story['story_type']}"
        board.journal.write(step, "story_move", "moved", message, [change], [resource(story)])

    def _move(self, board: ProjectBoard, step: Step) -> None:
        """To another project: one version there and one here, both with the same change."""
        story, target = self.stories[step.story], self.projects[step.values["to"]]
        labels, made = target.labelled([label["name"] for label in story["labels"]], step.at)
        change = update(story, {"project_id": target.project.id, "labels": labels}, step.at)
        assert change is not None  # another project means another project_id
        board.forget(story)
        target.place(story)
        message = f"moved this {story['story_type']} to {target.project.name}"
        primary, kind = [resource(story)], "story_move_from_project"
        board.journal.write(step, kind, "moved", message, [change], primary)
        kind = "story_move_into_project"
        target.journal.write(step, kind, "moved", message, [*made, change], primary)

    def _delete(self, board: ProjectBoard, step: Step) -> None:
        self._remove(board, step, [self.stories[step.story]])

    def _remove(self, board: ProjectBoard, step: Step, stories: list[Record]) -> None:
        for story in stories:
            board.forget(story)
            del self.stories[story["id"]]
            self.parts.forget(story["id"])
        what = f"{len(stories)} stories" if len(stories) > 1 else f"this {stories[0]['story_type']}"
        changes, primary = [deletion(story) for story in stories], [resource(s) for s in stories]
        board.journal.write(step, "story_delete", "deleted", f"deleted {what}", changes, primary)

    def _part(self, board: ProjectBoard, step: Step) -> None:
        self.parts.apply(board.journal, self.stories[step.story], step)


def _is_waiting(story: Record) -> bool:
    """Nobody works on it yet, so it stands below what is in progress."""
    return story["current_state"] in ("unstarted", "planned")
