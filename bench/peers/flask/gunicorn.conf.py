# As many workers as are usual for two cores; threads so that a worker does something else while PostgreSQL commits.
import os

bind = "127.0.0.1:" + os.environ["PORT"]
workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
worker_class = "gthread"
worker_connections = 2000
keepalive = 3600
accesslog = None
