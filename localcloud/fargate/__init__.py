"""ECS on Fargate: moto answers for it, and its tasks are processes of this machine."""
