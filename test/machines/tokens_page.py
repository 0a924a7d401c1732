"""The commands of docs/TOKENS.md, run on a machine as the page prints them."""
import re
import textwrap

import paths

PAGE = paths.ROOT / "docs/TOKENS.md"
SOFT, UNSEEN = "Changing the signing key softly (kubeadm)", "What cannot be seen"


def blocks(title):
    """The blocks of commands below a heading of the page, in its order."""
    text = PAGE.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [textwrap.dedent(block) for block in re.findall(r"^ *```\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)]


def run(machine, commands, **names):
    """What a person does who copies the commands into a shell of the machine, having put in the names that the page
    writes in capitals; returns what they print."""
    for name, value in names.items():
        commands = commands.replace(name.replace("_", "-"), value)
    shell = f"set -e; cd /root; export KUBECONFIG=/etc/kubernetes/admin.conf\n{commands}"
    return machine.run("bash", "-c", shell).stdout


class SoftChange:
    """The three passes on the only control-plane machine. Pre: it has crictl."""

    def __init__(self, machine):
        self.machine = machine
        self.prepare, self.add, self.switch, self.wait, self.drop = blocks(SOFT)
        lines = self.prepare.splitlines()
        self.functions = "\n".join(line for line in lines if not line.startswith(("openssl", "kid ")))
        self.new, self.old = run(machine, self.prepare).split()

    def make_pass(self, commands):
        return run(self.machine, f"{self.functions}\n{commands}", NODE_IP=self.machine.address)

    def wait_for(self, number):
        """One of the two lines that wait."""
        return run(self.machine, self.wait.splitlines()[number], NEW_ID=self.new, OLD_ID=self.old)


def renew_secret(machine, namespace, name):
    """Finds the Secrets with tokens, and has this one signed anew; returns what was found."""
    found, patch = next(block for block in blocks(UNSEEN) if "get secrets" in block).splitlines()
    listed = run(machine, found)
    run(machine, patch.replace("--namespace ci deployer", f"--namespace {namespace} {name}"))
    return listed
