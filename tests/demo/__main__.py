"""`scripts/demo` ends here."""

import argparse
import json
import signal
import sys
import textwrap
from pathlib import Path

from stage.processes import NotReady, stop_all
from stage.world import World

from .approver import Approver
from .chroma import ChromaStory
from .milvus import MilvusStory
from .narrator import Narrator
from .policy import ASSISTANT, policy
from .qdrant import QdrantStory
from .story import Story

STORIES: dict[str, type[Story]] = {"chroma": ChromaStory, "milvus": MilvusStory, "qdrant": QdrantStory}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    arguments.add_argument("--database", choices=STORIES, default="chroma")
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--interactive", action="store_true")
    arguments.add_argument("--keep", action="store_true")
    chosen = arguments.parse_args()

    # Ended from outside is ended in order, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    story_of = STORIES[chosen.database]
    if missing := story_of.missing():
        print(missing, file=sys.stderr)
        return 2
    narrator = Narrator(terse=chosen.check)
    patience = 240 if chosen.interactive else 60
    world = story = None
    try:
        print("\nStarting", flush=True)
        world = World(progress=lambda what: print(f"   … {what}", flush=True), chroma=chosen.database == "chroma")
        gateway = story_of.gateway_of(world, policy(story_of.database, story_of.note, f"{patience}s"))
        print(f"   … Envoy, with {story_of.configuration} and the demo's policy", flush=True)
        approver = Approver(narrator, world, in_person=chosen.interactive, patience=patience)
        story = story_of(narrator, world, gateway, approver=approver)
        story.tell()
        if chosen.keep:
            keep(world, gateway, story)
        elif not chosen.check:
            what_next()
    except NotReady as reason:
        print(f"\n{reason}", file=sys.stderr)
        narrator.check("everything starts", False)
    except KeyboardInterrupt:
        print("\nended")
        return 130
    finally:
        if story is not None:
            story.leaving.close()
        if world is not None:
            world.close()
        stop_all()
    print(f"\n{narrator.passed} passed, {narrator.failed} failed")
    return 1 if narrator.failed else 0


def what_next() -> None:
    print(
        """
What to try next
   scripts/demo --keep               leaves all of this running, for a client and a browser of your own
   scripts/demo --interactive        you are the human who approves
   scripts/demo --database milvus    the same in front of Milvus, over gRPC
   policies/                         policies by situation; `target/debug/vectorgate check FILE` reads them
   envoy/README.md                   how to put it into your own Envoy"""
    )


OBSERVABILITY = Path(__file__).resolve().parents[2] / "envoy" / "observability"


def prometheus(world: World, gateway) -> Path:
    """A configuration with which Prometheus looks at this Envoy, with our alert rules. (JSON is YAML.)"""
    path = world.directory / "prometheus.yaml"
    scrape = {
        "job_name": "envoy",
        "metrics_path": "/stats/prometheus",
        "static_configs": [{"targets": [f"127.0.0.1:{gateway.admin_port}"]}],
    }
    configuration = {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "rule_files": [str(OBSERVABILITY / "alerts.yaml")],
        "scrape_configs": [scrape],
    }
    path.write_text(json.dumps(configuration, indent=2))
    return path


def keep(world: World, gateway, story: Story) -> None:
    token = world.token(ASSISTANT, valid_for=8 * 3600)
    watched = prometheus(world, gateway)
    print(
        f"""
Everything is running. Ctrl-C ends it.
   console    {world.console.url}   {world.console.admin} / {world.console.password}
   gateway    {gateway.url}   certificate authority: {world.authority.certificate}
   Envoy      http://127.0.0.1:{gateway.admin_port}/stats/prometheus
   logs       {world.directory / "logs"}

Watch it, with Prometheus and Grafana:
   numbers    http://127.0.0.1:{gateway.admin_port}/stats/prometheus   (Envoy's admin; `vectorgate_…` are the filter's)
   alerts     {OBSERVABILITY / "alerts.yaml"}
   dashboard  {OBSERVABILITY / "dashboard.json"}   (Grafana: Dashboards, New, Import; data source: the Prometheus below)
   start      prometheus --config.file={watched} --storage.tsdb.path={world.directory / "prometheus"} --web.listen-address=127.0.0.1:9090

{textwrap.indent(story.try_it(token), "   ")}""",
        flush=True,
    )
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
