import sys
from pathlib import Path
from .journey import journey
from .measure import isolated, shown
if __name__ == "__main__":
    n=int(sys.argv[1]); c=int(sys.argv[2])
    p=Path(sys.argv[3]) if len(sys.argv)>3 else None
    for f in isolated(journey, n, c, 20, p):
        print(f"{f.part:14} {f.what:60} {shown(f.value):>10} {f.unit:14} {f.spread} {f.note}")
