"""What the demo shows: a table that redraws itself on a terminal, plain lines elsewhere; and who waited how long."""
import re
import shutil
import sys
import time

from node_agent import condition_status
from workloads import CONTROL_PLANE_LABEL

CORDONED_BY = "clusterupgrade.io/cordoned-by"
COLOURS = {"green": "32", "yellow": "33", "red": "31", "blue": "34", "bold": "1", "dim": "2"}


def natural(name):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def waiting_for(entry):
    """What the node in work waits for, in a person's words."""
    blockers = [f"{b.get('kind', '')} {'/'.join(filter(None, (b.get('namespace'), b.get('name'))))}"
                f" ({b.get('reason', '')})" for b in entry.get("blockedBy", [])]
    if blockers:
        more = f" and {entry['blockedByMore']} more" if entry.get("blockedByMore") else ""
        return ", ".join(blockers) + more
    return entry.get("message", "")


class Row:
    """One node, as shown."""

    def __init__(self, node, status, target):
        self.name = node["metadata"]["name"]
        self.version = node["status"]["nodeInfo"]["kubeletVersion"]
        self.control_plane = CONTROL_PLANE_LABEL in node["metadata"].get("labels", {})
        self.ready = condition_status(node) == "True"
        self.cordoned = node["spec"].get("unschedulable", False)
        self.ours = CORDONED_BY in node["metadata"].get("annotations", {})
        entry = next((e for e in status.get("inProgress", []) if e["name"] == self.name), None)
        failure = next((f for f in status.get("failures", []) if f["name"] == self.name), None)
        self.step, self.note, self.colour = "", "", "dim"
        if entry:
            drain = entry.get("drain", {})
            counted = entry.get("step") == "Draining" and drain.get("total")
            self.step, self.colour = entry.get("step", ""), "yellow"
            gone = f"{drain.get('evicted', 0)} of {drain['total']} pods gone" if counted else ""
            self.note = "; ".join(filter(None, (gone, waiting_for(entry))))
        elif failure and failure.get("version") == target:
            self.step, self.note, self.colour = "failed", failure.get("message", ""), "red"
        elif self.version == target:
            self.step, self.colour = "done", "green"

    @property
    def state(self):
        cordon = "" if not self.cordoned else ", cordoned" if self.ours else ", cordoned by a person"
        return ("Ready" if self.ready else "NotReady") + cordon

    @property
    def key(self):
        """What must change for a new plain line; counts alone do not."""
        return self.version, self.state, self.step, re.sub(r"\d+", "#", self.note)


class StepClock:
    """Adds up, per node, the seconds in each step, and those in which something outside blocked it."""

    def __init__(self):
        self.seconds, self.last = {}, None

    def look(self, status, now):
        elapsed = 0 if self.last is None else now - self.last
        self.last = now
        for entry in status.get("inProgress", []):
            spent = self.seconds.setdefault(entry["name"], {})
            step = "Blocked" if entry.get("blockedBy") else entry.get("step", "")
            spent[step] = spent.get(step, 0) + elapsed

    def waited(self, node):
        return sum(self.seconds.get(node, {}).get(step, 0) for step in ("Blocked", "Verifying"))

    def worked(self, node):
        return sum(self.seconds.get(node, {}).values()) - self.waited(node)


class View:
    """show() as often as liked; the last picture stays on the screen."""

    def __init__(self, target, out=sys.stdout):
        self.target, self.out, self.live = target, out, out.isatty()
        self.start, self.drawn, self.seen, self.told = time.monotonic(), 0, {}, None

    def paint(self, text, colour):
        return f"\033[{COLOURS[colour]}m{text}\033[0m" if self.live else text

    def headline(self, rows, upgrade):
        done = sum(row.version == self.target for row in rows)
        conditions = {c["type"]: c for c in upgrade.get("status", {}).get("conditions", [])}
        chosen = next((conditions[kind] for kind in ("Stalled", "Ready", "Reconciling")
                       if conditions.get(kind, {}).get("status") == "True"), {})
        bar = "█" * (done * 24 // len(rows)) + "░" * (24 - done * 24 // len(rows))
        title = (f"{upgrade['metadata']['name']} → {self.target}  {bar}  {done} of {len(rows)} nodes  "
                 f"{clock(time.monotonic() - self.start)}")
        return title, f"{chosen.get('type', 'Waiting')}: {chosen.get('message', 'the controller has not spoken yet')}"

    def show(self, nodes, upgrade):
        status = upgrade.get("status", {})
        rows = sorted((Row(node, status, self.target) for node in nodes),
                      key=lambda row: (not row.control_plane, natural(row.name)))
        if self.live:
            self.draw(rows, upgrade)
        else:
            self.tell(rows, upgrade)

    def draw(self, rows, upgrade):
        title, message = self.headline(rows, upgrade)
        width = shutil.get_terminal_size().columns - 1
        lines = [self.paint(title[:width], "bold"), message[:width], "",
                 self.paint(f"{'NODE':14}{'VERSION':10}{'STATE':28}{'STEP':13}WAITING FOR"[:width], "dim")]
        for row in rows:
            line = f"{row.name:14}{row.version:10}{row.state:28}{row.step:13}{row.note}"[:width]
            lines.append(self.paint(line, row.colour))
        up = f"\033[{self.drawn}A" if self.drawn else ""
        print(up + "".join(f"\033[2K{line}\n" for line in lines), end="", file=self.out, flush=True)
        self.drawn = len(lines)

    def tell(self, rows, upgrade):
        elapsed = f"{time.monotonic() - self.start:6.1f} s"
        message = self.headline(rows, upgrade)[1]
        if re.sub(r"\d+", "#", message) != self.told:
            self.told = re.sub(r"\d+", "#", message)
            print(f"{elapsed}  {message}", file=self.out)
        for row in rows:
            if self.seen.get(row.name) != row.key:
                self.seen[row.name] = row.key
                line = f"{elapsed}  {row.name:14}{row.version:10}{row.state:28}{row.step:13}{row.note}"
                print(line.rstrip(), file=self.out)
        self.out.flush()
